-- Profiles: what an account says of itself, as the platform last told it.

ALTER TABLE account ADD COLUMN profile TEXT;        -- JSON: name, description, home, language, picture
ALTER TABLE account ADD COLUMN profile_since TEXT;  -- when it was first told in these words
