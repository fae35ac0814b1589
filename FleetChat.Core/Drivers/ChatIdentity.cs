using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers;

/// <summary>By what a WhatsApp user is known to a tenant: a phone number, or a user id where WhatsApp shows no phone.</summary>
public readonly record struct ChatIdentity(string Kind, string Value)
{
    public const string Phone = "phone";
    public const string UserId = "user_id";

    public static ChatIdentity Of(PhoneNumber number) => new(Phone, number.E164);

    public static ChatIdentity OfUser(string userId) => new(UserId, userId);

    public byte[] Index(DataKey key) => key.BlindIndex(Kind, Value);

    public override string ToString() => $"{Kind} …{(Value.Length > 4 ? Value[^4..] : "")}";
}
