variable "environment" {
  type = string
}

resource "google_storage_bucket" "models" {
  name     = "churn-models-${var.environment}"
  location = "EU"
}
