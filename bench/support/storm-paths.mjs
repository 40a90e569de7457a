export const BLOCKED_PATH = '/teas';
export const HEALTH_PATH = '/health';
export const STATUS_PATH = '/maintenance-mode';
export const OFF_PATH = `${STATUS_PATH}/off`;
export const PASSWORD = 'a token for the bench, which is long enough to be one';
