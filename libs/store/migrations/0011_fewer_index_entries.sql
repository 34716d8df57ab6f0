DROP INDEX "trials_open";--> statement-breakpoint
DROP INDEX "trials_by_objective";--> statement-breakpoint
DROP INDEX "trials_by_end";--> statement-breakpoint
DROP INDEX "trials_sent";--> statement-breakpoint
CREATE INDEX "trials_by_objective" ON "trials" USING btree ("sweep_id","objective") WHERE "trials"."objective" is not null;--> statement-breakpoint
CREATE INDEX "trials_by_end" ON "trials" USING btree ("sweep_id","ended_at") WHERE "trials"."ended_at" is not null;--> statement-breakpoint
CREATE INDEX "trials_sent" ON "trials" USING btree ("id") WHERE "trials"."state" in ('queued', 'running') and "trials"."sent_segment" = "trials"."segment";