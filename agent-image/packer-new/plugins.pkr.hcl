# For Packer 1.11 and newer, which ship no builders. Packer 1.6 refuses this block, so it is a file of its own:
#
#   packer plugins install github.com/digitalocean/digitalocean 1.4.1     (or --path FILE, offline)
#   packer init agent-image/packer-new

packer {
  required_version = ">= 1.11.0"
  required_plugins {
    digitalocean = {
      source  = "github.com/digitalocean/digitalocean"
      version = "= 1.4.1"
    }
  }
}
