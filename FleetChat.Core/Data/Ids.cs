namespace FleetChat.Core.Data;

/// <summary>Makes the ids of rows: UUIDv7, so that they grow with the business clock and rows of one time lie together.</summary>
public static class Ids
{
#pragma warning disable RS0030 // The one place that may make ids; everybody else is sent here by the ban.
    public static Guid NewId(this TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow());
#pragma warning restore RS0030
}
