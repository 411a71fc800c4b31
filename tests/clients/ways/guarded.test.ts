import { describeWay } from '../describe-way';

describeWay('guarded');
