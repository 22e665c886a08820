package mailbox

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// dns has mail exchangers by domain and true names by host; whatever else is
// asked does not exist.
type dns struct{ mx, cname map[string]string }

var errNoSuchHost = errors.New("no such host")

func (d dns) LookupMX(_ context.Context, domain string) ([]*net.MX, error) {
	if host, ok := d.mx[domain]; ok {
		return []*net.MX{{Host: host, Pref: 10}}, nil
	}
	return nil, errNoSuchHost
}

func (d dns) LookupCNAME(_ context.Context, host string) (string, error) {
	if name, ok := d.cname[host]; ok {
		return name, nil
	}
	return "", errNoSuchHost
}

// Every provider of the product, by a domain of its own or by the exchangers
// that it gives to companies.
func TestEveryProviderIsRecognised(t *testing.T) {
	for _, c := range []struct{ name, address, mx, provider, imap string }{
		{"Gmail", "kim@gmail.com", "", "gmail", "imap.gmail.com"},
		{"Gmail as typed", " KIM@GMail.com ", "", "gmail", "imap.gmail.com"},
		{"Google Workspace", "kim@shop.example", "aspmx.l.google.com.", "gmail", "imap.gmail.com"},
		{"Outlook", "kim@outlook.com", "", "outlook", "outlook.office365.com"},
		{"Outlook of a country", "kim@outlook.com.au", "", "outlook", "outlook.office365.com"},
		{"Hotmail", "kim@hotmail.com", "", "outlook", "outlook.office365.com"},
		{"Hotmail of a country", "kim@hotmail.co.uk", "", "outlook", "outlook.office365.com"},
		{"Microsoft 365", "kim@shop.example", "shop-example.mail.protection.outlook.com.", "m365", "outlook.office365.com"},
		{"Microsoft 365 at its own name", "kim@office365.com", "", "m365", "outlook.office365.com"},
		{"QQ", "10001@qq.com", "", "qq", "imap.qq.com"},
		{"QQ's Foxmail", "kim@foxmail.com", "", "qq", "imap.qq.com"},
		{"126", "kim@126.com", "", "netease_126", "imap.126.com"},
		{"163", "kim@163.com", "", "netease_163", "imap.163.com"},
		{"yeah.net", "kim@yeah.net", "", "netease_yeah", "imap.yeah.net"},
		{"NetEase enterprise", "kim@shop.example", "qiye163mx01.mxmail.netease.com.", "netease_qiye", "imap.qiye.163.com"},
		{"Alibaba enterprise", "kim@shop.example", "mxn.mxhichina.com.", "aliyun_qiye", "imap.qiye.aliyun.com"},
		{"Feishu", "kim@shop.example", "mx1.feishu.cn.", "feishu", "imap.feishu.cn"},
		{"Lark", "kim@shop.example", "mx1.larksuite.com.", "lark", "imap.larksuite.com"},
		{"Zoho", "kim@zohomail.com", "", "zoho", "imappro.zoho.com"},
		{"Zoho of a company in Europe", "kim@shop.example", "mx.zoho.eu.", "zoho", "imappro.zoho.com"},
		{"Tencent Exmail", "kim@shop.example", "mxbiz1.qq.com.", "exmail", "imap.exmail.qq.com"},
		{"35.com", "kim@shop.example", "mx1.35.com.", "35", "imap.35.cn"},
		{"Yahoo", "kim@yahoo.com", "", "yahoo", "imap.mail.yahoo.com"},
		{"Yahoo of a country", "kim@yahoo.co.uk", "", "yahoo", "imap.mail.yahoo.com"},
		{"other", "kim@shop.example", "mx.hosting.example.", "generic", "imap.shop.example"},
		{"other, without an answer", "kim@shop.example", "", "generic", "imap.shop.example"},
		{"a name around a provider's", "kim@shop.example", "evil-aspmx.l.google.com.attacker.example.", "generic", "imap.shop.example"},
		{"a name that ends like a provider's", "kim@shop.example", "notgoogle.com.", "generic", "imap.shop.example"},
		{"a domain below a provider's", "kim@gmail.com.attacker.example", "", "generic", "imap.gmail.com.attacker.example"},
		{"Yahoo Japan, which is another service", "kim@yahoo.co.jp", "", "generic", "imap.yahoo.co.jp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			how := "none"
			if c.provider != "generic" {
				how = "domain"
			}
			records := dns{mx: map[string]string{}}
			if c.mx != "" {
				records.mx["shop.example"] = c.mx
				if c.provider != "generic" {
					how = "mx"
				}
			}
			got, err := Recognise(t.Context(), c.address, records)
			if err != nil || got.ID != c.provider || got.How != how || got.IMAP.Host != c.imap || got.SMTP.Host == "" {
				t.Errorf("%s by %s, IMAP at %s (%v); want %s by %s at %s", got.ID, got.How, got.IMAP.Host, err, c.provider, how, c.imap)
			}
		})
	}
}

func TestAProviderIsRecognisedByItsAliases(t *testing.T) {
	for _, c := range []struct{ host, name, provider string }{
		{"imap.shop.example", "imap.qiye.163.com.", "netease_qiye"},
		{"smtp.shop.example", "SMTP.exmail.qq.com.", "exmail"},
		{"mail.shop.example", "ghs.googlehosted.com.", "gmail"},
		{"mail.shop.example", "fra-efz.ms-acdc.office.com.", "m365"},
		{"mail.shop.example", "imappro.zoho.eu.", "zoho"},
		{"mail.shop.example", "server7.hosting.example.", "generic"},
		{"imap.shop.example", "imap.shop.example.", "generic"},
		{"imap.shop.example", "notqiye.163.com.", "generic"},
		{"www.shop.example", "imap.qiye.163.com.", "generic"},
	} {
		records := dns{mx: map[string]string{"shop.example": "mx.filter.example."}, cname: map[string]string{c.host: c.name}}
		want := "cname"
		if c.provider == "generic" {
			want = "none"
		}
		if got, err := Recognise(t.Context(), "kim@shop.example", records); err != nil || got.ID != c.provider || got.How != want {
			t.Errorf("%s is %s: %s by %s (%v)", c.host, c.name, got.ID, got.How, err)
		}
	}
}

// Certificates are made out to the provider's own names.
func TestAliasesAreConnectedByTheProvidersName(t *testing.T) {
	for _, c := range []struct {
		name         string
		cname        map[string]string
		imap, smtp   string
		toIMAP, toST string
		provider     string
	}{
		{
			"both are aliases", map[string]string{"imap.shop.example": "imap.qiye.163.com.", "smtp.shop.example": "smtp.qiye.163.com."},
			"imap.shop.example", "smtp.shop.example", "imap.qiye.163.com", "smtp.qiye.163.com", "netease_qiye",
		}, {
			"another data centre", map[string]string{"imap.shop.example": "imappro.zoho.eu.", "smtp.shop.example": "smtppro.zoho.eu."},
			"imap.shop.example", "smtp.shop.example", "imappro.zoho.eu", "smtppro.zoho.eu", "zoho",
		}, {
			"a name no certificate covers", map[string]string{"mail.shop.example": "fra-efz.ms-acdc.office.com."},
			"mail.shop.example", "mail.shop.example", "outlook.office365.com", "smtp.office365.com", "m365",
		}, {
			"one of the two", map[string]string{"imap.shop.example": "imap.exmail.qq.com."},
			"imap.shop.example", "smtp.relay.example", "imap.exmail.qq.com", "smtp.relay.example", "exmail",
		}, {
			"a provider's own name that leads on", map[string]string{"outlook.office365.com": "fra-efz.ms-acdc.office.com.", "smtp-mail.outlook.com": "outlook.ha.office365.com."},
			"outlook.office365.com", "smtp-mail.outlook.com", "outlook.office365.com", "smtp-mail.outlook.com", "generic",
		}, {
			"a host of its own", map[string]string{"imap.shop.example": "imap.shop.example."},
			"imap.shop.example", "smtp.shop.example", "imap.shop.example", "smtp.shop.example", "generic",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := binding()
			in.IMAP.Host, in.SMTP.Host = c.imap, c.smtp
			b := (&probe{}).binder(&bound{})
			b.DNS = dns{cname: c.cname}
			var dialled []string
			b.DialIMAP = func(_ context.Context, at desk.Endpoint, _ desk.Credentials) (Probe, error) {
				dialled = append(dialled, at.Host)
				return &probe{}, nil
			}
			b.TestSMTP = func(_ context.Context, at desk.Endpoint, _ desk.Credentials) error {
				dialled = append(dialled, at.Host)
				return nil
			}
			box, _, err := b.Bind(t.Context(), "org", in)
			if err != nil || box.IMAP.Host != c.toIMAP || box.SMTP.Host != c.toST || box.Provider != c.provider {
				t.Errorf("bound to %s and %s as %s (%v)", box.IMAP.Host, box.SMTP.Host, box.Provider, err)
			}
			if len(dialled) != 2 || dialled[0] != c.toIMAP || dialled[1] != c.toST {
				t.Errorf("connected to %v", dialled)
			}
		})
	}
}

func TestAProviderChosenByHand(t *testing.T) {
	if got, err := Choose("kim@shop.example", "m365"); err != nil || got.ID != "m365" || got.How != "hand" || got.OAuth != "microsoft" {
		t.Errorf("%+v %v", got, err)
	}
	for _, c := range [][2]string{{"kim@shop.example", "aol"}, {"kim@shop.example", "generic"}, {"kim", "m365"}} {
		if _, err := Choose(c[0], c[1]); desk.KindOf(err) != desk.Invalid {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestWhereMailboxesSignIn(t *testing.T) {
	want := map[string]string{"gmail": "google", "outlook": "microsoft", "m365": "microsoft"}
	for _, p := range presets() {
		if p.OAuth != want[p.ID] {
			t.Errorf("%s signs in at %q", p.ID, p.OAuth)
		}
		if p.Secret == "oauth" && p.OAuth == "" {
			t.Errorf("%s takes no password and nobody can sign in", p.ID)
		}
	}
}
