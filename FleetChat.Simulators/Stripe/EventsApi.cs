using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace FleetChat.Simulators.Stripe;

/// <summary>What happened in the last 30 days, for whoever missed a webhook.</summary>
internal static class EventsApi
{
    private const int MostTypes = 20;

    public static void Map(WebApplication app, StripeRest rest, StripeState state, StripeEvents events)
    {
        app.MapGet("/v1/events", rest.Handle(call => List(call, events)));
        app.MapGet("/v1/events/{id}", rest.Handle(call => (events.Find(call.Route("id")) ?? throw StripeErrorException.NoObject("event", call.Route("id"))).ToJson()));
    }

    private static JsonObject List(StripeCall call, StripeEvents events)
    {
        var (type, types) = (call.Form.OptionalText("type"), call.Form.List("types"));
        if (type is not null && types.Count > 0) throw StripeErrorException.Invalid("types", "You may only specify one of these parameters: type, types.");
        if (types.Count > MostTypes) throw StripeErrorException.Invalid("types", "You may specify up to 20 types.");
        return StripeLists.Page(call, "event", events.Kept, happened => (type is null || Fits(happened.Type, type)) && (types.Count == 0 || types.Contains(happened.Type)));
    }

    // One type may be a whole family, such as charge.*
    private static bool Fits(string type, string wanted)
        => wanted.EndsWith('*') ? type.StartsWith(wanted[..^1], StringComparison.Ordinal) : type == wanted;
}
