//go:build tools

// Package provider pins the OpenStack provider that is built where the public registry can't be reached.
package provider

import _ "github.com/terraform-provider-openstack/terraform-provider-openstack"
