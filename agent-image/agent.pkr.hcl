# The agent image as a DigitalOcean snapshot: Debian 13, then the same provision scripts that the lab runs.
#
#   node agent-image/openClawArchive.ts --arch x64 --out openclaw.tar.gz
#   node agent-image/payload.ts --node FILE --tailscale FILE --tailscaled FILE --openclaw openclaw.tar.gz --out payload   (programs for linux/amd64)
#   packer build -var payload=payload agent-image/agent.pkr.hcl
#
# Only what Packer 1.6 reads as well. Newer versions take packer-new/plugins.pkr.hcl along, see there.

variable "payload" {
  type        = string
  description = "Folder that agent-image/payload.ts made."
  default     = "payload"
}

variable "region" {
  type        = string
  description = "Region of the build droplet and of the snapshot."
  default     = "nyc3"
}

variable "snapshot_name" {
  type        = string
  description = "Name of the snapshot; empty for one with the time of the build."
  default     = ""
}

variable "manifest" {
  type        = string
  description = "File that gets the snapshot's ID."
  default     = "claws-image.json"
}

variable "api_token" {
  type        = string
  description = "DigitalOcean token."
  default     = env("DIGITALOCEAN_TOKEN")
  sensitive   = true
}

locals {
  built = formatdate("YYYYMMDD-hhmmss", timestamp())
  name  = var.snapshot_name != "" ? var.snapshot_name : "office-claws-agent-${local.built}"
}

source "digitalocean" "agent" {
  api_token     = var.api_token
  image         = "debian-13-x64"
  region        = var.region
  size          = "s-1vcpu-1gb"
  droplet_name  = "office-claws-image-build"
  snapshot_name = local.name
  ssh_username  = "root"
  monitoring    = false
  # The droplet that builds is reached over its public address: put a firewall that admits only the builder on this tag.
  tags = ["office-claws-image-build"]
}

build {
  sources = ["source.digitalocean.agent"]

  provisioner "shell" {
    # cloud-init may still hold the locks of apt.
    inline = ["cloud-init status --wait >/dev/null || true", "mkdir -p /tmp/claws-payload"]
  }

  provisioner "file" {
    source      = "${var.payload}/"
    destination = "/tmp/claws-payload"
  }

  provisioner "shell" {
    # The last step removes the SSH server: this connection outlives it, a new one would not.
    inline = [
      "CLAWS_PAYLOAD=/tmp/claws-payload sh /tmp/claws-payload/source/agent-image/provision/run.sh",
      "rm -rf /tmp/claws-payload",
    ]
  }

  post-processor "manifest" {
    output     = var.manifest
    strip_path = true
  }
}
