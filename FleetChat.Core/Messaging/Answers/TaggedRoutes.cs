using FleetChat.Core.Samsara;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>Writes to routes of a company that is a tag of its organization.</summary>
internal static class TaggedRoutes
{
    /// <summary>
    /// A token that sees one tag alone has to name tags with each write, and those are all that the route bears afterwards. Where the
    /// token needs none, the route keeps its tags as they are: whose token it is only Samsara's refusal tells.
    /// </summary>
    /// <param name="group">The company's tag; empty: the whole organization is the company's.</param>
    /// <exception cref="SamsaraException">Nothing was written.</exception>
    public static async Task ChangeAsync(ISamsaraClient samsara, SamsaraAccess access, string group, string route, RouteWrite change, CancellationToken ct)
    {
        try
        {
            await samsara.ChangeRouteAsync(access, route, change, ct);
        }
        catch (SamsaraException refused) when (refused.Failure == SamsaraFailure.Invalid && group.Length > 0)
        {
            var tags = (await samsara.GetRouteAsync(access, route, ct)).Items("tagIds").Select(tag => tag.GetString()!);
            await samsara.ChangeRouteAsync(access, route, change with { Tags = [.. tags.Union([group])] }, ct);
        }
    }
}
