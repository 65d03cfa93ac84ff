"""Language models, asked for one answer at a time over whatever endpoint speaks OpenAI's chat completions."""
