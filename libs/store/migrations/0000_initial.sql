CREATE TABLE "attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"trial_id" uuid NOT NULL,
	"fence" integer NOT NULL,
	"state" text NOT NULL,
	"worker_id" text NOT NULL,
	"device" text NOT NULL,
	"failure" jsonb,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"sweep_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"key" text PRIMARY KEY NOT NULL,
	"request_hash" text NOT NULL,
	"sweep_id" uuid NOT NULL,
	"response" jsonb,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "metric_points" (
	"attempt_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"step" integer NOT NULL,
	"values" jsonb NOT NULL,
	CONSTRAINT "metric_points_attempt_id_kind_step_pk" PRIMARY KEY("attempt_id","kind","step")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"sweep_id" uuid NOT NULL,
	"trial_id" uuid,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sweeps" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"spec" jsonb NOT NULL,
	"search_state" jsonb NOT NULL,
	"planned_trials" integer NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "trials" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sweep_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"config" jsonb NOT NULL,
	"depth" integer NOT NULL,
	"variant" text NOT NULL,
	"epochs" integer NOT NULL,
	"epochs_done" integer DEFAULT 0 NOT NULL,
	"objective" double precision,
	"metrics" jsonb,
	"failure" jsonb,
	"current_fence" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "trials_sweep_number" UNIQUE("sweep_id","number")
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_trial_id_trials_id_fk" FOREIGN KEY ("trial_id") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_sweep_id_sweeps_id_fk" FOREIGN KEY ("sweep_id") REFERENCES "public"."sweeps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_points" ADD CONSTRAINT "metric_points_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_sweep_id_sweeps_id_fk" FOREIGN KEY ("sweep_id") REFERENCES "public"."sweeps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_trial_id_trials_id_fk" FOREIGN KEY ("trial_id") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trials" ADD CONSTRAINT "trials_sweep_id_sweeps_id_fk" FOREIGN KEY ("sweep_id") REFERENCES "public"."sweeps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attempts_by_trial" ON "attempts" USING btree ("trial_id","fence");--> statement-breakpoint
CREATE INDEX "events_by_sweep" ON "events" USING btree ("sweep_id","id");--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "outbox_by_sweep" ON "outbox" USING btree ("sweep_id");--> statement-breakpoint
CREATE INDEX "outbox_by_trial" ON "outbox" USING btree ("trial_id");--> statement-breakpoint
CREATE INDEX "sweeps_by_age" ON "sweeps" USING btree ("created_at" DESC NULLS LAST,"id");--> statement-breakpoint
CREATE INDEX "sweeps_by_state" ON "sweeps" USING btree ("state","created_at" DESC NULLS LAST,"id");--> statement-breakpoint
CREATE INDEX "trials_by_state" ON "trials" USING btree ("sweep_id","state");--> statement-breakpoint
CREATE INDEX "trials_by_objective" ON "trials" USING btree ("sweep_id","objective");--> statement-breakpoint
CREATE INDEX "trials_by_depth" ON "trials" USING btree ("sweep_id","depth","variant");--> statement-breakpoint
CREATE INDEX "trials_by_end" ON "trials" USING btree ("sweep_id","ended_at");--> statement-breakpoint
CREATE INDEX "trials_open" ON "trials" USING btree ("id") WHERE "trials"."state" in ('queued', 'running');