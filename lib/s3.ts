export { S3Storage, type S3StorageOptions } from './storages/s3/s3.storage.js';
