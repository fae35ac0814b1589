using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

public enum PaymentState
{
    /// <summary>Made, and nothing was tried yet.</summary>
    Open,

    /// <summary>A debit that the bank has not answered, for days.</summary>
    Processing,

    Succeeded,

    /// <summary>The bank refused.</summary>
    Failed,

    /// <summary>The bank wants the payer himself: he has to enter his card again by a link.</summary>
    NeedsPayer,

    Cancelled,
}

/// <summary>A payment as it is at the processor now.</summary>
/// <param name="Invoice">Null: it is none of FleetChat's making.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="Refunded">Minor units that went back or are on their way.</param>
/// <param name="IsDisputed">Or was, whatever came of it.</param>
/// <param name="DeclineCode">Why the bank refused, such as <c>insufficient_funds</c>.</param>
public sealed record Payment(
    string Id,
    PaymentState State,
    Guid? Invoice,
    int? Attempt,
    string? CustomerId,
    long Amount,
    string Currency,
    long Refunded,
    bool IsDisputed,
    string? DeclineCode,
    DateTimeOffset CreatedAt)
{
    /// <summary>As it was said when it was made; null: it is none of FleetChat's making.</summary>
    public TenantId? Payer { get; init; }
}

public enum MethodKind
{
    Card,

    /// <summary>ACH.</summary>
    UsBankAccount,

    SepaDebit,
}

/// <summary>A card or an account that can be charged while its owner is away.</summary>
/// <param name="Name">The card's brand, or the bank's name or code.</param>
/// <param name="LastDay">Of a card.</param>
public sealed record SavedMethod(string Id, MethodKind Kind, string? Name, string? Last4, DateOnly? LastDay);

public enum SetupState
{
    Open,
    Completed,
    Expired,
}

/// <param name="Method">What was entered; null unless it is completed, and if it is of a kind that is not offered.</param>
public sealed record MethodSetup(string SetupId, SetupState State, string CustomerId, SavedMethod? Method)
{
    /// <summary>As it was said when the link was made; null: it is none of FleetChat's making.</summary>
    public TenantId? Payer { get; init; }
}

public enum RefundState
{
    /// <summary>On its way; to an account that takes days.</summary>
    Processing,

    Succeeded,

    /// <summary>The bank sent it back: the money is ours again, and has to reach the payer otherwise.</summary>
    Failed,
}

/// <param name="Order">The id of our order; null: somebody made it in the dashboard.</param>
/// <param name="Amount">Minor units.</param>
public sealed record PaymentRefund(string Id, string PaymentId, Guid? Order, long Amount, string Currency, RefundState State, DateTimeOffset CreatedAt);

public enum DisputeState
{
    /// <summary>A mere question of the bank: no money has moved.</summary>
    Inquiry,

    /// <summary>The money is gone until it is decided.</summary>
    Open,

    /// <summary>The money is ours, or never left.</summary>
    Won,

    Lost,
}

/// <param name="Amount">Minor units.</param>
public sealed record PaymentDispute(string Id, string PaymentId, long Amount, string Currency, DisputeState State, string Reason, DateTimeOffset CreatedAt);
