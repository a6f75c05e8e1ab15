"""The workbooks a council fills: what stands on each sheet, and how it is written; reading back is `gather`'s."""
