"""Suspicions taken up as findings, inspections with their samples, alerts: each step of them."""
