-- Profiles: what an account says of itself, as the platform last told it; and the way from a record to what answers it.

ALTER TABLE account ADD COLUMN profile TEXT;        -- JSON: name, description, home, language, picture
ALTER TABLE account ADD COLUMN profile_since TEXT;  -- when it was first told in these words
CREATE INDEX version_of_number ON version (number, record);
