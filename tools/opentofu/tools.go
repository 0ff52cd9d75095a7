//go:build tools

// Package opentofu pins the OpenTofu that is built where no Terraform is installed and no release can be downloaded.
package opentofu

import _ "github.com/opentofu/opentofu/cmd/tofu"
