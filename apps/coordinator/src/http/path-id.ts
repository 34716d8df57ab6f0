import { z } from 'zod';

/** An id in a path. What is no UUID names nothing, so it is answered like an unknown one. */
export const idSchema = z.uuid();
