import { describeWay } from '../describe-way';

describeWay('edge');
