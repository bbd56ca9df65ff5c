"""A request and its grammar: prompt, options, presets, price. Pure, without a database."""
