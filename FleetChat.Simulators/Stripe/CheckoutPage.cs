using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.Stripe;

/// <summary>The page to which a session's link leads: a person chooses what he pays with, and what becomes of it.</summary>
internal sealed class CheckoutPage(StripeState state, StripeEvents events)
{
    public const string Path = "/c/pay";

    private static readonly (string Choice, string Label, string Type, MethodBehaviour Behaviour)[] Choices =
    [
        ("good-card", "A card that pays", "card", new()),
        ("poor-card", "A card without money", "card", new(MethodOutcome.Declines, "insufficient_funds")),
        ("shy-card", "A card that asks its holder each time", "card", new(MethodOutcome.NeedsAuthentication)),
        ("us-account", "A bank account in the United States", "us_bank_account", new()),
        ("poor-us-account", "One without money", "us_bank_account", new(MethodOutcome.Declines, "insufficient_funds")),
        ("sepa-account", "A bank account in Europe", "sepa_debit", new()),
        ("poor-sepa-account", "One without money", "sepa_debit", new(MethodOutcome.Declines, "insufficient_funds")),
    ];

    public void Map(WebApplication app)
    {
        app.MapGet(Path + "/{id}", (string id) => Show(id));
        app.MapPost(Path + "/{id}/{choice}", (string id, string choice) => Choose(id, choice));
    }

    private IResult Show(string id)
    {
        lock (state.Gate)
        {
            state.Schedule.RunDue();
            if (state.Find(id) is not CheckoutSession session)
                return Html("There is no such page.", StatusCodes.Status404NotFound);
            if (session.Status != "open")
                return Html($"This page is {session.Status}.");
            var buttons = Choices.Where(choice => session.Types.Contains(choice.Type))
                .Select(choice => $"""<form method="post" action="{Path}/{id}/{choice.Choice}"><button>{choice.Label}</button></form>""");
            var back = session.CancelUrl is { } cancel ? $"""<p><a href="{WebUtility.HtmlEncode(cancel)}">Back</a></p>""" : "";
            return Html($"<p>What shall {WebUtility.HtmlEncode(session.Customer.Name ?? session.Customer.Id)} pay with?</p>{string.Concat(buttons)}{back}");
        }
    }

    private IResult Choose(string id, string name)
    {
        lock (state.Gate)
        {
            state.Schedule.RunDue();
            var chosen = Array.Find(Choices, choice => choice.Choice == name);
            if (state.Find(id) is not CheckoutSession { Status: "open" } session || !session.Types.Contains(chosen.Type))
                return Html("This page can't be used any more.", StatusCodes.Status409Conflict);
            CheckoutApi.Complete(state, events, session, chosen.Type, chosen.Behaviour);
            return Results.Redirect(session.SuccessUrl.Replace("{CHECKOUT_SESSION_ID}", id, StringComparison.Ordinal));
        }
    }

    private static IResult Html(string body, int status = StatusCodes.Status200OK)
        => Results.Text($"<!doctype html><meta charset=\"utf-8\"><title>Stripe (simulated)</title><h1>Stripe (simulated)</h1>{body}", "text/html", System.Text.Encoding.UTF8, status);
}
