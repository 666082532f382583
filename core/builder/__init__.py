"""The GIQA-160K builder (Grounding-IQA, arXiv 2411.17237, Sec. 3): descriptions to grounded records, one stage a file."""
