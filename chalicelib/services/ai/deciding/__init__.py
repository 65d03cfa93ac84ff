"""The life of a decision: asked of a model, judged by rules, carried out, waited for (C-02, C-03, C-07)."""
