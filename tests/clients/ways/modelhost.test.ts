import { describeWay } from '../describe-way';

describeWay('modelhost');
