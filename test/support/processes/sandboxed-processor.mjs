// What BullMQ runs in a process of its own for each job.
export default async ({ data }) => `done ${data}`;
