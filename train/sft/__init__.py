"""Fine-tuning a multimodal model on grounded records. `config` says how, `run.run_sft` is the door; torch is imported there and not before."""
