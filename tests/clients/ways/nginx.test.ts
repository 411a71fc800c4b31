import { describeWay } from '../describe-way';

describeWay('nginx');
