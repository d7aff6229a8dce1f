"""What people look at: tables, figures, the manifest."""
