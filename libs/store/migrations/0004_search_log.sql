ALTER TABLE "sweeps" ALTER COLUMN "search_state" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "sweeps" ADD COLUMN "search_state_event" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sweeps" ADD COLUMN "search_event" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "events_by_kind" ON "events" USING btree ("sweep_id","kind","id");