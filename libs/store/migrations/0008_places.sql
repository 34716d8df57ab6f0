ALTER TABLE "trials" ADD COLUMN "sent_segment" integer DEFAULT -1 NOT NULL;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "pool" text;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "memory_bytes" bigint;--> statement-breakpoint
CREATE INDEX "trials_waiting" ON "trials" USING btree ("sweep_id","epochs_done" DESC NULLS LAST,"number") WHERE "trials"."state" = 'queued' and "trials"."sent_segment" < "trials"."segment";--> statement-breakpoint
CREATE INDEX "trials_sent" ON "trials" USING btree ("sweep_id") WHERE "trials"."state" in ('queued', 'running') and "trials"."sent_segment" = "trials"."segment";