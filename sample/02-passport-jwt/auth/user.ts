export type Role = 'staff' | 'admin';

export interface User {
  readonly id: string;
  readonly roles: readonly Role[];
}
