using FleetChat.Core.Security;

namespace FleetChat.Core.Messaging.Media;

/// <summary>Addresses by which one medium can be had for five minutes, without a key: for a browser's image, or another program.</summary>
internal static class MediaLinks
{
    public static readonly LinkPurpose Purpose = new("media_link", "/media/", TimeSpan.FromMinutes(5));
}
