DROP INDEX "outbox_by_sweep";--> statement-breakpoint
DROP INDEX "outbox_by_trial";