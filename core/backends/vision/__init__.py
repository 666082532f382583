"""What detectors and segmenters of transformers share: their files, their pixels, their boxes."""
