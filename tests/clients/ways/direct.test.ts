import { describeWay } from '../describe-way';

describeWay('direct');
