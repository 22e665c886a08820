package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	openapi "github.com/oapi-codegen/runtime/types"

	"github.com/quilldesk/quilldesk/internal/guard"
)

// ListMarketplaceRules lists the rules of the outgoing check.
func (s *Server) ListMarketplaceRules(ctx context.Context, _ ListMarketplaceRulesRequestObject) (ListMarketplaceRulesResponseObject, error) {
	if _, err := s.caller(ctx); err != nil {
		return nil, err
	}
	checked, err := time.Parse(time.DateOnly, guard.Checked)
	if err != nil {
		return nil, fmt.Errorf("reading when the rules were checked: %w", err)
	}
	return ListMarketplaceRules200JSONResponse(list(guard.AllRules(), func(r guard.Rule) MarketplaceRule {
		marketplace, _, _ := strings.Cut(r.Key, ".")
		out := MarketplaceRule{
			Key: r.Key, Marketplace: MarketplaceRuleMarketplace(marketplace), Severity: MarketplaceRuleSeverity(r.Severity),
			AutomaticOnly: r.AutomaticOnly, NeedsOrder: r.NeedsOrder,
			Checked: openapi.Date{Time: checked},
		}
		out.Source.Kind, out.Source.Title = MarketplaceRuleSourceKind(r.Source.Kind), r.Source.Title
		if r.Source.Link != "" {
			out.Source.Link = &r.Source.Link
		}
		return out
	})), nil
}
