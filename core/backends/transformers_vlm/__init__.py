"""`hf:` vision-language and text models, run in this process by transformers. `loading.load_hf` is the door; `families` says what differs between them."""
