ALTER TABLE "trials" ADD COLUMN "objectives" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "segment" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "until_epoch" integer;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "from_trial" integer;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "from_epoch" integer;--> statement-breakpoint
UPDATE "trials" SET "objectives" = jsonb_build_array("objective") WHERE "objective" IS NOT NULL;