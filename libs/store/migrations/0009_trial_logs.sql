CREATE TABLE "trial_logs" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"trial_id" uuid NOT NULL,
	"attempt_id" uuid NOT NULL,
	"fence" integer NOT NULL,
	"seq" integer NOT NULL,
	"end_offset" bigint NOT NULL,
	"lines" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "trial_logs_attempt_seq" UNIQUE("attempt_id","seq")
);
--> statement-breakpoint
ALTER TABLE "sweeps" ADD COLUMN "traceparent" text;--> statement-breakpoint
ALTER TABLE "trial_logs" ADD CONSTRAINT "trial_logs_trial_id_trials_id_fk" FOREIGN KEY ("trial_id") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "trial_logs_by_trial" ON "trial_logs" USING btree ("trial_id","id");--> statement-breakpoint
CREATE INDEX "trial_logs_by_age" ON "trial_logs" USING btree ("created_at");