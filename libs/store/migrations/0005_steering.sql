ALTER TABLE "sweeps" ADD COLUMN "paused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sweeps" ADD COLUMN "paused_seconds" double precision DEFAULT 0 NOT NULL;