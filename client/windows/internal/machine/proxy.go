//go:build windows

package machine

import (
	"net/http"
	"net/url"
	"unsafe"

	"golang.org/x/sys/windows"

	"relaypoint/client/windows/internal/api"
)

// winHTTPProxy is WINHTTP_PROXY_INFO.
type winHTTPProxy struct {
	AccessType uint32
	Proxy      *uint16
	Bypass     *uint16
}

const winHTTPNamedProxy = 3

var (
	procDefaultProxy = windows.NewLazySystemDLL("winhttp.dll").NewProc("WinHttpGetDefaultProxyConfiguration")
	procGlobalFree   = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
)

// Transport goes by the system's roots and by the proxy of the computer (netsh winhttp set proxy), else by the
// environment of the services (HTTPS_PROXY).
func Transport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = systemProxy
	// contacts are minutes apart
	transport.DisableKeepAlives = true
	return transport
}

func systemProxy(request *http.Request) (*url.URL, error) {
	if setting, bypass := defaultProxy(); setting != "" {
		return api.ProxyFor(setting, bypass, request.URL), nil
	}
	return http.ProxyFromEnvironment(request)
}

func defaultProxy() (setting, bypass string) {
	if procDefaultProxy.Find() != nil {
		return "", ""
	}
	var info winHTTPProxy
	if ok, _, _ := procDefaultProxy.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return "", ""
	}
	setting, bypass = windows.UTF16PtrToString(info.Proxy), windows.UTF16PtrToString(info.Bypass)
	for _, text := range []*uint16{info.Proxy, info.Bypass} {
		if text != nil {
			procGlobalFree.Call(uintptr(unsafe.Pointer(text)))
		}
	}
	if info.AccessType != winHTTPNamedProxy {
		return "", ""
	}
	return setting, bypass
}
