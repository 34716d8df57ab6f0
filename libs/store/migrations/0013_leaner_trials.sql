DROP INDEX "trials_by_objective";--> statement-breakpoint
DROP INDEX "trials_by_depth";--> statement-breakpoint
DROP INDEX "trials_by_state";--> statement-breakpoint
ALTER TABLE "sweeps" ADD COLUMN "config" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX "trials_by_origin" ON "trials" USING btree ("sweep_id","from_trial") WHERE "trials"."from_trial" is not null;--> statement-breakpoint
CREATE INDEX "trials_by_state" ON "trials" USING btree ("sweep_id","state","objective");