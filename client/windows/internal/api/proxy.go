package api

import (
	"net/url"
	"path"
	"strings"
)

// ProxyFor chooses from the proxy setting of Windows ("proxy:8080", or "http=a:80;https=b:80"), or gives nil for a
// direct way. Bypass is its list of hosts to be reached directly, with "*" and "<local>".
func ProxyFor(setting, bypass string, target *url.URL) *url.URL {
	if bypasses(bypass, target.Hostname()) {
		return nil
	}
	for _, item := range fields(setting) {
		scheme, address, found := strings.Cut(item, "=")
		if !found {
			scheme, address = target.Scheme, item
		}
		if !strings.EqualFold(scheme, target.Scheme) || address == "" {
			continue
		}
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		if proxy, err := url.Parse(address); err == nil && proxy.Host != "" {
			return proxy
		}
	}
	return nil
}

func bypasses(list, host string) bool {
	host = strings.ToLower(host)
	for _, pattern := range fields(strings.ToLower(list)) {
		if pattern == "<local>" && !strings.Contains(host, ".") {
			return true
		}
		if matched, err := path.Match(pattern, host); err == nil && matched {
			return true
		}
	}
	return false
}

func fields(list string) []string {
	return strings.FieldsFunc(list, func(char rune) bool { return char == ';' || char == ' ' || char == '\t' })
}
