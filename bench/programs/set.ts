/** Sequential awaited SET through ioredis: the same file in sim and on real Node. */
import { Redis } from 'ioredis';

const redis = new Redis(process.env['REDIS_URL']!);
const count = Number(process.env['COUNT']);
for (let index = 0; index < count / 10; index++) await redis.set('key', 'value');
console.log('start');
for (let index = 0; index < count; index++) await redis.set('key', 'value');
console.log('stop');
redis.disconnect();
