namespace FleetChat.Core.Security.Access;

/// <summary>What a request needs. Every HTTP function that is neither open nor signed names one.</summary>
public enum Permission
{
    /// <summary>A valid credential, whosever it is. It touches no tenant.</summary>
    BeKnown,

    /// <summary>A person who has signed in; an API key is none. It touches no tenant.</summary>
    BePerson,

    /// <summary>The company's settings, rules and kinds of stops.</summary>
    ReadCompany,
    ChangeCompany,

    ReadDrivers,
    ReadConsent,

    /// <summary>Roster and consent.</summary>
    ChangeDrivers,

    ReadTransports,

    /// <summary>What people wrote to each other, wherever it is shown.</summary>
    ReadMessages,
    SendMessages,

    /// <summary>Alerts and what arrived.</summary>
    ReadEvents,

    ReadWebhooks,
    ChangeWebhooks,

    ReadUsers,
    InviteUsers,
    ChangeUsers,

    ReadKeys,
    ChangeKeys,

    /// <summary>A little of the company's children, as their parent.</summary>
    ReadChildren,

    /// <summary>Who did what, and from where.</summary>
    ReadAudit,

    /// <summary>FleetChat's numbers: its own people's alone. It touches no tenant.</summary>
    ReadPool,
    ChangePool,

    /// <summary>Companies, as those who bring them in: the operator's alone. It is tied to no tenant.</summary>
    ReadTenants,
    ChangeTenants,

    /// <summary>Whether companies are in service, and what of their sending is held: FleetChat's own people's alone.</summary>
    ReadService,
    ChangeService,

    /// <summary>The company's own invoices.</summary>
    ReadInvoices,

    /// <summary>Entering what the company's invoices are charged to: also while it is suspended because they are unpaid.</summary>
    PayInvoices,

    /// <summary>Prices, agreements and the books of all companies: the operator's alone. It is tied to no tenant.</summary>
    ReadBilling,
    ChangeBilling,
}
