"""How a result looks: pictures and pages."""
