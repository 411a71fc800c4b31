import { describeWay } from '../describe-way';

describeWay('npm start');
