using System.Text;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Message ids in the form that real ones have: Base64 around the user's number and a random part.</summary>
internal static class Wamid
{
    public static string Outbound(string user) => Build(user, 0x11, Unique.UpperHex(18));

    public static string Inbound(string user) => Build(user, 0x12, "3A" + Unique.UpperHex(18));

    private static string Build(string user, byte direction, string random)
        => "wamid." + Convert.ToBase64String([0x1C, 0x18, (byte)user.Length, .. Encoding.ASCII.GetBytes(user), 0x15, 0x02, 0x00, direction, 0x18, (byte)random.Length, .. Encoding.ASCII.GetBytes(random), 0x00]);
}
