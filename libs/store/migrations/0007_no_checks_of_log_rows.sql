ALTER TABLE "events" DROP CONSTRAINT "events_sweep_id_sweeps_id_fk";
--> statement-breakpoint
ALTER TABLE "outbox" DROP CONSTRAINT "outbox_sweep_id_sweeps_id_fk";
--> statement-breakpoint
ALTER TABLE "outbox" DROP CONSTRAINT "outbox_trial_id_trials_id_fk";
