namespace FleetChat.Core.Messaging.Rules;

/// <summary>What a driver is told about a kind of event, and until when it is worth telling.</summary>
/// <param name="EventType">Samsara's name of the event.</param>
/// <param name="Template">A template of the tenant's set.</param>
/// <param name="Buttons">Actions of the template's buttons, in their order: see <see cref="ButtonActions"/>.</param>
/// <param name="ValidFor">From the event's own time; later the message would be untrue, and is not sent.</param>
public sealed record MessageRule(string EventType, string Template, IReadOnlyList<string> Buttons, TimeSpan ValidFor);

/// <summary>The rules. One line for each kind of event that makes a message.</summary>
public static class MessageRules
{
    public static readonly MessageRule StopArrived = new(
        "RouteStopArrival", TemplateSet.StopArrived, [ButtonActions.StopDone, ButtonActions.Problem],
        // Loading takes up to two hours as a rule; after that the driver has gone, or has told somebody.
        TimeSpan.FromHours(2));
}
