//go:build windows

package machine

import (
	"fmt"
	"net"
	"sort"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"relaypoint/client/windows/internal/api"
)

const (
	maxAddresses   = 64
	netlogonKey    = `SYSTEM\CurrentControlSet\Services\Netlogon\Parameters`
	adapterBuffer  = 15 << 10
	adapterRetries = 4
)

var procSendARP = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("SendARP")

// Location tells in which network this computer is.
func Location() api.Location {
	location := api.Location{Addresses: []string{}, DNSSuffix: textOrNil(domainOf(FQDN())), ADSite: textOrNil(adSite())}
	adapters := adaptersUp()
	for _, adapter := range adapters {
		for unicast := adapter.FirstUnicastAddress; unicast != nil; unicast = unicast.Next {
			ip := unicast.Address.IP()
			if ip == nil || ip.IsLinkLocalUnicast() || len(location.Addresses) == maxAddresses {
				continue
			}
			location.Addresses = append(location.Addresses, fmt.Sprintf("%s/%d", ip, unicast.OnLinkPrefixLength))
		}
		if location.Gateway == nil {
			location.Gateway = gatewayOf(adapter)
		}
		if location.DNSSuffix == nil {
			location.DNSSuffix = textOrNil(windows.UTF16PtrToString(adapter.DnsSuffix))
		}
	}
	return location
}

// adaptersUp gives the adapters that carry traffic, the preferred one first.
func adaptersUp() []*windows.IpAdapterAddresses {
	size := uint32(adapterBuffer)
	var first *windows.IpAdapterAddresses
	for range adapterRetries {
		buffer := make([]byte, size)
		candidate := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buffer[0]))
		flags := uint32(windows.GAA_FLAG_INCLUDE_GATEWAYS | windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST)
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, flags, 0, candidate, &size)
		if err == nil {
			first = candidate
			break
		}
		if err != windows.ERROR_BUFFER_OVERFLOW {
			return nil
		}
	}
	var up []*windows.IpAdapterAddresses
	for adapter := first; adapter != nil; adapter = adapter.Next {
		if adapter.OperStatus == windows.IfOperStatusUp && adapter.IfType != windows.IF_TYPE_SOFTWARE_LOOPBACK {
			up = append(up, adapter)
		}
	}
	sort.SliceStable(up, func(a, b int) bool { return up[a].Ipv4Metric < up[b].Ipv4Metric })
	return up
}

// gatewayOf gives the adapter's IPv4 gateway with its hardware address, which is what tells two networks of the same
// numbers apart.
func gatewayOf(adapter *windows.IpAdapterAddresses) *api.Gateway {
	for gateway := adapter.FirstGatewayAddress; gateway != nil; gateway = gateway.Next {
		if ip := gateway.Address.IP().To4(); ip != nil && !ip.IsUnspecified() {
			return &api.Gateway{IP: ip.String(), MAC: macOf(ip)}
		}
	}
	return nil
}

func macOf(ip net.IP) string {
	if procSendARP.Find() != nil {
		return ""
	}
	var mac [8]byte
	length := uint32(len(mac))
	address := *(*uint32)(unsafe.Pointer(&ip[0]))
	code, _, _ := procSendARP.Call(uintptr(address), 0, uintptr(unsafe.Pointer(&mac[0])), uintptr(unsafe.Pointer(&length)))
	if code != 0 || length != 6 {
		return ""
	}
	return net.HardwareAddr(mac[:length]).String()
}

func adSite() string {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, netlogonKey, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer key.Close()
	for _, name := range []string{"SiteName", "DynamicSiteName"} {
		if site, _, err := key.GetStringValue(name); err == nil && strings.Trim(site, "\x00 ") != "" {
			return strings.Trim(site, "\x00 ")
		}
	}
	return ""
}

func domainOf(fqdn string) string {
	_, domain, _ := strings.Cut(fqdn, ".")
	return domain
}

func textOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
