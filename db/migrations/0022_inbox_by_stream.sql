-- Frames are found by their stream alone: few of a stream wait, and an index of equal keys keeps them in a tenth of the
-- room that keys with a moment of each frame took.

drop index telemetry_inbox_stream;
create index telemetry_inbox_stream on telemetry_inbox (org_id, stream_id);
